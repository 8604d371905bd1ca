/** Says what was skipped, by name, and closes with `N passed, N failed, N skipped`. */
export default class CountingReporter {
  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    const skipped = new Set();
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'pending' ? 'skipped' : state] += 1;
        if (state === 'skipped') skipped.add(test.parent.type === 'suite' ? test.parent.fullName : test.fullName);
      }
    }
    process.on('exit', () => {
      if (skipped.size > 0) process.stdout.write(`\nSaltati, per mancanza di ciò che il nome dice:\n${[...skipped].map((name) => `  ${name}\n`).join('')}`);
      process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
    });
  }
}
