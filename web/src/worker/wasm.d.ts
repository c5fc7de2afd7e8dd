// wasm-bindgen writes the real declarations beside the module; these stand in until it is built.
declare module '*/wasm/samsynk.js' {
  export default function init(): Promise<unknown>;
  export function note_out_of_room(is_out: boolean): void;
  export class Client {
    static open(): Promise<Client>;
    static open_in_memory(): Client;
    account(): string | undefined;
    enrol(now: number, account: string, device: string): string;
    view(view: string): string;
    edit(now: number, document: string, edit: string): string;
    command(now: number, command: string): string;
    status(): string;
    handle(now: number, event: string): string;
    receive(now: number, messages: Uint8Array[]): string;
    take_frames(): Uint8Array[];
    dismiss(now: number, number: number): string;
    acknowledge(now: number, command: string): string;
    take_back(now: number, command: string): string;
    new_id(): string;
    forget(): void;
  }
}
