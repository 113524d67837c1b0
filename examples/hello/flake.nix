{
  description = "Two containers for two systems, from nothing but Nix: no inputs, no network, no compiler";

  outputs =
    { self }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];

      # One container for one system. The builder is a program for that system; for another system it runs under QEMU.
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
              # Do not ask binary caches, so that the build needs no network.
              allowSubstitutes = false;
            };
          # dockerTools of nixpkgs adds these to its images too. nix-multiarch reads them.
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
        # An uncompressed docker-archive, as dockerTools.buildImage makes it.
        hello = container system {
          name = "hello";
          greeting = "Hello";
        };
        # Also has `stream`, an executable that writes the archive, as dockerTools.buildLayeredImage does.
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
