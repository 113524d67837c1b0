{
  description = "The images that are measured: see input.sh, which puts images.json beside this file";

  # Their bytes are in the store before anything is timed, under the paths that these derivations have.
  outputs =
    { self }:
    let
      images = builtins.fromJSON (builtins.readFile ./images.json);
      image =
        {
          file,
          sha256,
          version,
          ...
        }:
        derivation {
          name = file;
          system = "x86_64-linux";
          builder = "/never-run";
          # The path does not depend on it, but the derivation does.
          inherit version;
          outputHash = sha256;
          outputHashAlgo = "sha256";
        }
        // {
          imageName = "bench";
          imageTag = version;
        };
      containersOf =
        system:
        builtins.listToAttrs (
          map (it: {
            name = it.container;
            value = image it;
          }) (builtins.filter (it: it.system == system) images)
        );
    in
    {
      packages.x86_64-linux = containersOf "x86_64-linux";
      packages.aarch64-linux = containersOf "aarch64-linux";
    };
}
