/** The load average from which on something else uses so much of the processor that figures suffer. */
export const BUSY = 0.7;
