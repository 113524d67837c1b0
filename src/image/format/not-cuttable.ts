/** Layers cannot be cut out of this gzip stream: it is damaged, or not made as that needs. */
export class NotCuttable extends Error {}
