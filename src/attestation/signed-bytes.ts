/** The bytes of an envelope that are signed (DSSE, "Pre-Authentication Encoding"). */
export function encodeSignedBytes(payloadType: string, payload: Uint8Array): Buffer {
  const start = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `
  return Buffer.concat([Buffer.from(start), payload])
}
