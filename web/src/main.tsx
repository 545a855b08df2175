import { render } from 'preact';
import './styles/index.css';
import { startRouter } from './router';
import { App } from './shell/app';
import { startShortcuts } from './shell/shortcuts';
import { applyTheme } from './theme';

applyTheme();
startRouter();
startShortcuts();
render(<App />, document.getElementById('app')!);
