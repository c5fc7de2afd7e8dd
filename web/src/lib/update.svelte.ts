let waiting = $state.raw<ServiceWorker | null>(null);
let putOff = $state(false);

/** Whether a newer app is on the device and waits. */
export function updateReady(): boolean {
  return waiting !== null && !putOff;
}

/** Leaves the newer app until the next start. */
export function putOffUpdate(): void {
  putOff = true;
}

/** Starts the newer app; the page loads anew. */
export function update(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting?.postMessage('take-over');
}

/** Keeps the app on the device. */
export async function keepOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  try {
    const registration = await navigator.serviceWorker.register('/sw.js');
    const look = () => {
      // Without a controller this is the first visit, and nothing older runs.
      if (navigator.serviceWorker.controller) waiting = registration.waiting;
    };
    look();
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', look);
    });
  } catch {
    // Private windows may forbid it; the app then works while there is a network.
  }
}
