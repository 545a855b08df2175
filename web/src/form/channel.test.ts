import { expect, test } from 'vitest';
import type { Channel, ChannelKind } from '../api/alerts';
import { fieldsOf, lackingIn } from './channel';

const field = (name: string, usual: string | number | null) => ({ name, label: name, secret: false, required: false, default: usual, choices: [], help: '' });
const MAIL: ChannelKind = { kind: 'email', addressed: true, fields: [field('port', 587), field('username', ''), field('password', null)] };

test.each(['587a', '', 'NaN'])('a port of %j goes as it was typed, so that the server refuses it', (port) => {
  expect(fieldsOf(MAIL, { port }, { port: '465' })).toEqual({ port });
});

test('what differs is sent, and a text that was emptied is removed', () => {
  expect(fieldsOf(MAIL, { port: '25', username: '' }, { port: '465', username: 'ada' })).toEqual({ port: 25, username: null });
  expect(fieldsOf(MAIL, {}, {})).toEqual({});
});

test('all that is needed is named at once, but for secrets that are set', () => {
  const form = { ...MAIL, fields: [...MAIL.fields, { ...field('host', null), label: 'Mail server', required: true }, { ...field('key', null), required: true }] };
  expect(lackingIn(form, ' ', {}, undefined)).toEqual({
    name: 'A channel needs a name.', 'fields.host': 'Mail server is needed.', 'fields.key': 'key is needed.',
  });
  expect(lackingIn(form, 'Mail', { host: 'mx' }, { secrets: ['key'] } as Channel)).toEqual({});
});
