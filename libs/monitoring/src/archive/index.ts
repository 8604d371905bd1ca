export { exportAndRecord, verifyAndRecord, type ArchiveKeeper } from './acts.js';
export { readHeader, UnusableArchive } from './archive-file.js';
export { exportArchive, type Exported, type ExportOptions } from './export.js';
export { importArchive, type Imported, type ImportOptions, type SecretsTaker } from './import.js';
export { ArchiveRecorder } from './recorder.js';
export { monthHeld, shredAndRecord, UnshreddableMonth, type MonthHeld, type MonthOfComune } from './shred.js';
export { tailArchive, type TailLine, type TailOptions } from './tail.js';
export { verifyArchive, type Verification } from './verify.js';
export { describeActor, describeEvent } from './words.js';
