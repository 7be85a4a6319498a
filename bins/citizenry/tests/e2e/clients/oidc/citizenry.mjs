// The server under test.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class Citizenry {
  #settings;

  constructor(settings) {
    this.#settings = settings;
    this.issuer = settings.issuer ?? settings.bootstrap.issuer;
    this.user = settings.sign_in;
  }

  /** Rotates by the command that an operator would use, beside the running server. */
  async rotateKeys() {
    const { binary, data_dir: folder, database_url: url } = this.#settings;
    const database = url ? ['--database-url', url] : [];
    await run(binary, ['key', 'rotate', '--data-dir', folder, ...database]);
  }
}
