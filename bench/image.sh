# shellcheck shell=bash
# Writes docker-archives like dockerTools.streamLayeredImage. Sourced by input.sh, which sets WORK.

CREATED=1980-01-01T00:00:01Z

# write_archive FOLDER ARCHITECTURE FILE DIFF_ID…: writes an image with these layers of FOLDER.
write_archive() {
  local folder=$1 architecture=$2 file=$3 config
  shift 3
  config=$(write_config "$architecture" "$folder" "$@")
  printf '[{"Config":"%s","Layers":[%s],"RepoTags":["bench:1.0.0"]}]' \
    "$config" "$(list "${@/%//layer.tar}")" >"$folder/manifest.json"
  tar_of "$folder" "${@/%//layer.tar}" "$config" manifest.json >"$file"
}

# write_layer DEB FOLDER SALT: writes the package as a store path to FOLDER/<diff_id>/layer.tar. Prints the diff_id.
write_layer() {
  local root=$2/root hash path layer=$2/layer.tar diff_id
  # As in Nix, packages that are built differently have different paths, even if their files are the same.
  hash=$(printf "%s" "$3 $(basename "$1")" | sha256sum | tr e x | cut -c -32)
  path=nix/store/$hash-$(basename "$1" .deb | sed 's/%[0-9a-f]*/-/; s/_[^_]*$//; s/_/-/')
  rm -rf "$root"
  mkdir -p "$root/$path"
  dpkg-deb --fsys-tarfile "$1" | tar -x -C "$root/$path"
  (cd "$root" && find nix -print0 | LC_ALL=C sort -z) |
    tar_of "$root" -P --transform 's,^,/,S' --null --no-recursion -T - >"$layer"
  diff_id=$(sha256sum <"$layer" | cut -c -64)
  mkdir -p "$2/$diff_id"
  mv "$layer" "$2/$diff_id/layer.tar"
  printf '%s\n' "$diff_id"
}

# tar_of FOLDER …: writes a reproducible tar.
tar_of() {
  tar -c -C "$1" --format=posix --pax-option=delete=atime,delete=ctime,delete=mtime --mtime="$CREATED" \
    --owner=0 --group=0 --numeric-owner "${@:2}"
}

# write_config ARCHITECTURE FOLDER DIFF_ID…: writes FOLDER/<digest>.json. Prints its name.
write_config() {
  local file=$2/config name
  printf '{"architecture":"%s","os":"linux","created":"%s","config":{"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
    "$1" "$CREATED" "$(list "${@:3}" | sed 's/"\([0-9a-f]\{64\}\)"/"sha256:\1"/g')" >"$file"
  name=$(sha256sum <"$file" | cut -c -64).json
  mv "$file" "$2/$name"
  printf '%s\n' "$name"
}

# Prints its arguments as the items of a JSON list.
list() { printf '"%s"\n' "$@" | paste -sd , -; }
