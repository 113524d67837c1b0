#!/usr/bin/env bash
# Writes an OCI layout with one small image into a new folder. Needs only coreutils, gzip and tar.
# usage: tiny-layout.sh FOLDER
set -euo pipefail
mkdir -p "$1/blobs/sha256"
cd "$1"

# Stores standard input as a blob, and prints its digest and size as JSON fields.
blob() {
  cat > blob
  local hash
  hash=$(sha256sum blob | cut -d ' ' -f 1)
  printf '"digest":"sha256:%s","size":%d' "$hash" "$(wc -c < blob)"
  mv blob "blobs/sha256/$hash"
}

type=application/vnd.oci.image
content=$(mktemp -d)
trap 'rm -rf "$content"' EXIT
echo hello > "$content/hello"
tar -C "$content" -cf "$content/layer.tar" hello
diff_id=$(sha256sum "$content/layer.tar" | cut -d ' ' -f 1)
layer=$(gzip -n < "$content/layer.tar" | blob)
config=$(printf '{"os":"linux","architecture":"amd64","config":{"Cmd":["/hello"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$diff_id" | blob)
manifest=$(printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"%s",%s},"layers":[{"mediaType":"%s",%s}]}' \
  "$type.manifest.v1+json" "$type.config.v1+json" "$config" "$type.layer.v1.tar+gzip" "$layer" | blob)
printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s",%s}]}' "$type.manifest.v1+json" "$manifest" > index.json
printf '{"imageLayoutVersion":"1.0.0"}' > oci-layout
