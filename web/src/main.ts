import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import './control.css';
import { keepDraftsOnLeaving } from './lib/drafts.svelte.ts';
import { loadPreferences } from './lib/preferences.svelte.ts';
import { keepOffline } from './lib/update.svelte.ts';

loadPreferences();
const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target });
keepDraftsOnLeaving();
void keepOffline();
