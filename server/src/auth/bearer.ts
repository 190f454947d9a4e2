/** The `Authorization: Bearer` header. */

/** The token of the header, or undefined when there is none or it is of another scheme. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const match = /^Bearer +([^\s]+) *$/i.exec(header);
  return match?.[1];
}
