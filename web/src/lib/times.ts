const DAY_ENDS_MINUTES = 24 * 60 - 1;

/** `09:30` as it is shown: `9.30`. */
export function showTime(time: string): string {
  const [hour = '', minute = ''] = time.split(':');
  return minute === '' ? time : `${Number(hour)}.${minute}`;
}

/** A time of day some minutes later, on the same day. */
export function later(time: string, minutes: number): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const total = Math.min(hour * 60 + minute + minutes, DAY_ENDS_MINUTES);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(total / 60))}:${two(total % 60)}`;
}
