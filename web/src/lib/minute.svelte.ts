const MINUTE_MS = 60_000;

/** The time, told anew at each full minute and when somebody looks again, while the component lives. */
export class Minute {
  at = $state.raw(new Date());

  constructor() {
    $effect(() => {
      let timer: ReturnType<typeof setTimeout>;
      const tick = () => {
        const now = new Date();
        this.at = now;
        clearTimeout(timer);
        timer = setTimeout(tick, MINUTE_MS - (now.getTime() % MINUTE_MS));
      };
      tick();
      document.addEventListener('visibilitychange', tick);
      return () => {
        clearTimeout(timer);
        document.removeEventListener('visibilitychange', tick);
      };
    });
  }
}
