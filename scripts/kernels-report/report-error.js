/** Something that keeps the report from being made, said to the user without a stack. */
class ReportError extends Error {
  constructor(message, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

module.exports = { ReportError };
