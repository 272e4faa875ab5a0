/** The line that the runner reads. */
export const print = (report) => console.log(`report: ${JSON.stringify(report)}`);
