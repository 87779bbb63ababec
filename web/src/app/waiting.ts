/** How many approvals wait; the menu shows it as a number beside the word. */
export function useWaitingApprovals(_enabled: boolean): number { return 0; }
