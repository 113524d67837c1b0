{
  description = "A streamed image of the benchmark; stream.sh adds bin and paths.json";

  # Like dockerTools.streamLayeredImage. The store paths are already in the store before the measurement.
  outputs =
    { self }:
    let
      busybox = "${./bin}/busybox";
      input = builtins.fromJSON (builtins.readFile ./paths.json);
      # Its output path does not depend on the builder.
      storePath =
        { name, sha256 }:
        derivation {
          inherit name;
          system = "x86_64-linux";
          builder = "/never-run";
          outputHash = sha256;
          outputHashAlgo = "sha256";
          outputHashMode = "recursive";
        };
      run =
        name: command: more:
        derivation (
          {
            inherit name;
            system = "x86_64-linux";
            builder = busybox;
            args = [
              "sh"
              "-euc"
              command
            ];
          }
          // more
        );
      layer = run "customisation-layer" ''
        ${busybox} mkdir $out etc
        echo root:x:0:0::/root:/bin/sh >etc/passwd
        ${busybox} touch -d @1 etc/passwd etc
        ${busybox} tar -cf $out/layer.tar etc
        ${busybox} sha256sum $out/layer.tar | ${busybox} cut -c 1-64 >$out/checksum
      '' { };
      conf = run "bench-conf.json" "${busybox} printf %s \"$json\" >$out" {
        json = builtins.toJSON {
          architecture = "amd64";
          config = {
            Cmd = [ "/bin/sh" ];
            Env = [ "VERSION=${input.version}" ];
          };
          os = "linux";
          store_dir = "/nix/store";
          from_image = null;
          store_layers = map (each: [ "${storePath each}" ]) input.paths;
          customisation_layer = "${layer}";
          repo_tag = "bench:${input.version}";
          created = "1970-01-01T00:00:01+00:00";
          mtime = "1970-01-01T00:00:01+00:00";
          uid = "0";
          gid = "0";
          uname = "root";
          gname = "root";
        };
      };
      # The peers run the script without it.
      streamScript = run "stream-script" "exit 1" { };
    in
    {
      packages.x86_64-linux.stream =
        run "bench" "exit 1" { inherit conf streamScript; }
        // {
          inherit conf streamScript;
          isExe = true;
          imageName = "bench";
          imageTag = input.version;
        };
    };
}
