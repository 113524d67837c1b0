{
  description = "Command-line tools, each as a small container for two systems";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];

      # A container with a tool, bash and coreutils, so that `--entrypoint bash` works.
      mkToolContainer =
        pkgs: tool:
        let
          image = pkgs.dockerTools.buildLayeredImage {
            name = tool.meta.mainProgram;
            tag = tool.version;
            contents = [
              tool
              pkgs.bash
              pkgs.coreutils
            ];
            config = {
              Entrypoint = [ (lib.getExe tool) ];
              Env = [ "PATH=/bin" ];
              WorkingDir = "/work";
            };
          };
        in
        # The page of the registry shows these. They do not change the image.
        image
        // {
          inherit (tool) version;
          meta = (image.meta or { }) // { inherit (tool.meta) description homepage license; };
        };
    in
    {
      packages = lib.genAttrs systems (
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
        in
        {
          fdContainer = mkToolContainer pkgs pkgs.fd;
          rgContainer = mkToolContainer pkgs pkgs.ripgrep;
        }
      );
    };
}
