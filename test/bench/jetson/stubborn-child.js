/** A layer's process that does what its task's workload names: answers, refuses, hangs, dies. */
process.on('message', ({ kind, task, id }) => {
  if (kind === 'open') {
    process.env.BEHAVIOUR = task.workload;
    return;
  }
  switch (process.env.BEHAVIOUR) {
    case 'answers':
      process.send({ id, value: [process.pid] });
      break;
    case 'refuses':
      process.send({ id, error: 'Expected a GPU, got none' });
      break;
    case 'dies':
      process.stderr.write('terminate called after throwing std::bad_alloc\n', () => process.kill(process.pid, 'SIGKILL'));
      break;
    case 'exits':
      process.exit(3);
      break;
  }
});
process.on('disconnect', () => process.exit());
