// The shapes of users, sessions, keys and second factors, as the contract states them. Owns no behaviour.
import type { Instant, Role, Scope, User } from './types';

export interface Account extends User {
  disabled: boolean;
  created_at: Instant;
  updated_at: Instant;
  last_login_at: Instant | null;
  requests_per_minute: number | null;
}

export interface OpenSession {
  id: string;
  kind: 'token' | 'cookie';
  method: 'password' | 'totp' | 'recovery_code' | 'oidc';
  created_at: Instant;
  used_at: Instant;
  expires_at: Instant;
  proved_at: Instant | null;
  address: string;
  agent: string;
  current: boolean;
}

export interface Factor {
  enabled: boolean;
  enabled_at: Instant | null;
  recovery_codes_left: number;
}

export interface PendingFactor {
  secret: string;
  uri: string;
  qr_svg: string;
}

export interface ApiKey {
  id: number;
  key_id: string;
  name: string;
  scopes: Scope[];
  requests_per_minute: number | null;
  created_at: Instant;
  expires_at: Instant | null;
  revoked_at: Instant | null;
  last_used_at: Instant | null;
  last_used_address: string | null;
}

export const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];
