'use strict';

/** What whoever started the program can mend: its message is shown without a stack trace. */
class InputError extends Error {}

module.exports = { InputError };
