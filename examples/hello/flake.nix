{
  description = "Two containers for two systems, from nothing but Nix: no inputs, no network, no compiler";

  outputs =
    { self }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];

      # One container for one system. The builder is a program of that system, so a foreign one runs under QEMU.
      container =
        system:
        {
          name,
          greeting,
          streamed ? false,
        }:
        let
          version = "1.0.0";
          program = "${./bin}/${system}";
          recipe = builtins.toFile "${name}-recipe" ''
            program ${program}
            name ${name}
            tag ${version}
            greeting ${greeting}
          '';
          run =
            what: suffix:
            derivation {
              name = "${name}${suffix}";
              inherit system;
              builder = program;
              args = [
                what
                recipe
                (placeholder "out")
              ];
              # Too small to be worth asking a binary cache for; so the build needs no network at all.
              allowSubstitutes = false;
            };
          # What nixpkgs' dockerTools puts on its images too; nix-multiarch reads it.
          about = {
            imageName = name;
            imageTag = version;
            inherit version;
            meta = {
              description = "Greets from the platform that it runs on";
              license = "MIT";
            };
          };
          stream = run "script" "-stream" // about // { isExe = true; };
        in
        run "pack" ".tar" // about // (if streamed then { inherit stream; } else { });

      containers = system: {
        # A plain docker-archive, as from dockerTools.buildImage.
        hello = container system {
          name = "hello";
          greeting = "Hello";
        };
        # It also offers `stream`, an executable that writes the archive, as dockerTools.buildLayeredImage does.
        hello-stream = container system {
          name = "hello-stream";
          greeting = "Good day";
          streamed = true;
        };
      };
    in
    {
      packages = builtins.listToAttrs (
        map (system: {
          name = system;
          value = containers system;
        }) systems
      );
    };
}
