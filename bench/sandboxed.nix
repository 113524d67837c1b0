# Builds only in a sandbox that hides the system's files. `busybox` is a store path.
{ busybox }:
derivation {
  name = "sandboxed";
  system = "x86_64-linux";
  builder = "${builtins.storePath busybox}/bin/busybox";
  args = [
    "sh"
    "-c"
    "[ ! -e /usr ] && [ ! -e /etc/sudoers ] && echo sandboxed > $out"
  ];
}
