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

      # A tool with a shell and the usual small programs beside it, so that `--entrypoint bash` is there when needed.
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
        # What the registry's page shows; the image itself stays the same.
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
