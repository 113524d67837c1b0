/** What a user can keep on a machine after a job. `daemon` includes its settings and users. */
export const PERSISTENT_PARTS = ['daemon', 'kvm', 'qemu'] as const

export type PersistentPart = (typeof PERSISTENT_PARTS)[number]
