/** What the golden messages speak of. */
export const AT = 1_700_000_000_000;
export const CHAT = 'tsk_01HF7YAT00CHAT';
export const VOICE = 'tsk_01HF7YAT01VOICE';
export const SESSION = 'ses_01HF7YAT0QFIDO';
export const LOG = 'log_01HF7YAS';
