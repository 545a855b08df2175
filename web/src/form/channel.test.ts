import { expect, test } from 'vitest';
import type { ChannelKind } from '../api/alerts';
import { fieldsOf } from './channel';

const field = (name: string, usual: string | number | null) => ({ name, label: name, secret: false, required: false, default: usual, help: '' });
const MAIL: ChannelKind = { kind: 'email', addressed: true, fields: [field('port', 587), field('username', ''), field('password', null)] };

test.each(['587a', '', 'NaN'])('a port of %j goes as it was typed, so that the server refuses it', (port) => {
  expect(fieldsOf(MAIL, { port }, { port: '465' })).toEqual({ port });
});

test('what differs is sent, and a text that was emptied is removed', () => {
  expect(fieldsOf(MAIL, { port: '25', username: '' }, { port: '465', username: 'ada' })).toEqual({ port: 25, username: null });
  expect(fieldsOf(MAIL, {}, {})).toEqual({});
});
