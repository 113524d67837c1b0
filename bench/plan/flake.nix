{
  description = "A hundred containers for two systems, each with twenty derivations; without inputs";

  outputs =
    { self }:
    let
      names = builtins.genList (n: "c${toString n}") 100;
      eachOf = list: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) list);
      run =
        system: name: more:
        derivation (
          {
            inherit name system;
            builder = "/bin/sh";
            args = [ "-c" "echo ${name} >$out" ];
          }
          // more
        );
      container =
        system: name:
        run system name { contents = builtins.genList (n: run system "${name}-${toString n}" { }) 20; }
        // {
          imageName = name;
          version = "1.2.3";
          meta = {
            description = "The container ${name}";
            homepage = "https://example.org/${name}";
            license.spdxId = "MIT";
          };
        };
    in
    {
      packages = eachOf [ "x86_64-linux" "aarch64-linux" ] (system: eachOf names (container system));
    };
}
