{
  description = "An image with a build input that takes seconds to build; run.sh adds bin/busybox, each run adds variant";

  outputs =
    { self }:
    let
      busybox = "${./bin}/busybox";
      run =
        name: script:
        derivation {
          inherit name;
          system = "x86_64-linux";
          builder = busybox;
          args = [
            "sh"
            "-euc"
            ''
              ${busybox} mkdir bin
              ${busybox} --install -s "$PWD/bin"
              export PATH=$PWD/bin
              ${script}
            ''
          ];
        };
      # Like a compiler: keeps a processor busy, and writes some megabytes that do not compress well.
      program = run "program" ''
        mkdir -p "$out"
        awk 'BEGIN { srand(1); for (i = 0; i < 4000000; i++) printf "%08x", rand() * 4294967295 }' >"$out/data"
      '';
      variant = builtins.readFile ./variant;
    in
    {
      packages.x86_64-linux.image =
        run "image.tar" ''
          mkdir root
          cp ${program}/data root/
          printf '%s' '${variant}' >root/variant
          tar -cf layer.tar -C root .
          layer=$(sha256sum layer.tar | cut -c -64)
          mkdir "$layer"
          mv layer.tar "$layer/"
          printf '{"architecture":"amd64","os":"linux","config":{"Cmd":["/data"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
            "$layer" >config.json
          printf '[{"Config":"config.json","Layers":["%s/layer.tar"],"RepoTags":["image:1"]}]' "$layer" >manifest.json
          tar -cf "$out" "$layer" config.json manifest.json
        ''
        // {
          imageName = "image";
        };
    };
}
