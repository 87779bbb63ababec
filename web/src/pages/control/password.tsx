import { Alert, Modal } from 'antd';
import { useTranslate } from '../../i18n/index.ts';
import { CopyButton } from '../../ui/problem-view.tsx';

/** 32 letters and digits that nobody mixes up; 32 divides 256, so every one is as likely. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz023456789';
const GROUPS = 4;
const GROUP_LENGTH = 4;

/** 80 random bits in groups that can be read out: "k3fe-92am-…". */
export function newPassword(): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(GROUPS * GROUP_LENGTH))].map((byte) => ALPHABET[byte % ALPHABET.length]!).join('');
  return letters.match(new RegExp(`.{${GROUP_LENGTH}}`, 'g'))!.join('-');
}

export type ShownPassword = { readonly logInName: string; readonly password: string };

/** Once closed it is gone: the server keeps a hash only. A click beside the dialog does not close it. */
export function SecretShownOnce({ title, secret, hint, onClose }: { title: string; secret: string; hint: string; onClose: () => void }) {
  const t = useTranslate();
  return (
    <Modal open title={title} onCancel={onClose} onOk={onClose} okText={t('user.password.noted')} cancelButtonProps={{ style: { display: 'none' } }} mask={{ closable: false }}>
      <div style={{ display: 'grid', gap: 12, justifyItems: 'start' }}>
        <Alert type="warning" showIcon title={t('user.password.once')} style={{ width: '100%' }} />
        <pre className="raw" style={{ width: '100%', fontSize: 16 }} tabIndex={0}>{secret}</pre>
        <CopyButton text={secret} label={t('action.copy')} />
        <p className="muted">{hint}</p>
      </div>
    </Modal>
  );
}

export function PasswordShownOnce({ shown, onClose }: { shown: ShownPassword; onClose: () => void }) {
  const t = useTranslate();
  return <SecretShownOnce title={t('user.password.title', { name: shown.logInName })} secret={shown.password} hint={t('user.password.hint')} onClose={onClose} />;
}
