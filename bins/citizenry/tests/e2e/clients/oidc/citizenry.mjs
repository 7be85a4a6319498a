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
    // A client that registers itself is granted nothing that it could ask for by itself: this one is.
    this.machine = settings.bootstrap.doors.authok;
  }

  /** Rotates by the command that an operator would use, beside the running server. */
  async rotateKeys() {
    const { binary, data_dir: folder, database_url: url } = this.#settings;
    const database = url ? ['--database-url', url] : [];
    // The command takes every such variable for a setting.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('CITIZENRY_')),
    );
    await run(binary, ['key', 'rotate', '--data-dir', folder, ...database], { env });
  }
}
