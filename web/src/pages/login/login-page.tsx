import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { useEffect, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { logIn, type LogIn } from '../../api/auth.ts';
import { toProblem, type Problem } from '../../api/problem.ts';
import { Logo } from '../../app/icon.tsx';
import { LanguageSwitch } from '../../app/menus.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { ProblemCode, problemSentence } from '../../ui/problem-view.tsx';
import { LoginArt } from './login-art.tsx';

type Fields = { operatorCode: string; logInName: string; password: string };
const OPERATOR_KEY = 'kirchhoff.operator'; // The code is typed once per device.
const TOO_MANY_SESSIONS = 'session_limit_reached';

export function Component() {
  const t = useTranslate();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [params] = useSearchParams();
  const [form] = Form.useForm<Fields>();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => { document.title = `${t('login.title')} · Kirchhoff`; }, [t]);

  const submit = async (fields: Fields, endOldest: boolean) => {
    setBusy(true);
    setProblem(null);
    try {
      await logIn({ ...fields, endOldest } satisfies LogIn);
      try { localStorage.setItem(OPERATOR_KEY, fields.operatorCode); } catch { /* blocked storage: it is typed again next time */ }
      queries.clear();
      const next = params.get('next');
      await navigate(next?.startsWith('/') && !next.startsWith('//') ? next : '/', { replace: true });
    } catch (thrown) {
      setProblem(toProblem(thrown));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="login">
      <main className="login-form">
        <div style={{ display: 'flex', alignItems: 'center', justifyContent: 'space-between' }}>
          <span className="shell-brand" style={{ padding: 0 }}><Logo size={32} /> Kirchhoff</span><LanguageSwitch />
        </div>
        <div><h1>{t('login.title')}</h1><p className="muted">{t('login.lead')}</p></div>
        {params.has('next') && !problem && <Alert type="info" showIcon title={t('login.expired')} />}
        {problem && <LoginProblem problem={problem} busy={busy} onEndOldest={() => void submit(form.getFieldsValue(), true)} />}
        <Form form={form} layout="vertical" requiredMark={false} size="large" initialValues={{ operatorCode: rememberedOperator() }} onFinish={(fields) => void submit(fields, false)}>
          <Form.Item name="operatorCode" label={t('login.operator')} rules={[{ required: true, message: t('login.required') }]}>
            <Input autoComplete="organization" autoFocus autoCapitalize="off" spellCheck={false} />
          </Form.Item>
          <Form.Item name="logInName" label={t('login.name')} rules={[{ required: true, message: t('login.required') }]}>
            <Input autoComplete="username" autoCapitalize="off" spellCheck={false} />
          </Form.Item>
          <Form.Item name="password" label={t('login.password')} rules={[{ required: true, message: t('login.required') }]}>
            <Input.Password autoComplete="current-password" />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={busy}>{t('login.submit')}</Button>
        </Form>
      </main>
      <LoginArt />
    </div>
  );
}

function rememberedOperator(): string {
  try { return localStorage.getItem(OPERATOR_KEY) ?? ''; } catch { return ''; }
}

/** A refusal for too many sessions is not the end: the account's own oldest one can make room. */
function LoginProblem({ problem, busy, onEndOldest }: { problem: Problem; busy: boolean; onEndOldest: () => void }) {
  const t = useTranslate();
  if (problem.code === TOO_MANY_SESSIONS) {
    const max = String(problem.data?.sessionsMax ?? '');
    return (
      <Alert type="warning" showIcon title={t('login.tooMany', { max })}
        description={<div style={{ display: 'grid', gap: 12, justifyItems: 'start' }}>{t('login.tooManyHint')}<Button onClick={onEndOldest} loading={busy}>{t('login.endOldest')}</Button></div>} />
    );
  }
  return (
    <Alert type="error" showIcon title={problemSentence(t, problem)} className="problem"
      description={<div className="row" style={{ display: 'flex', gap: 8 }}><ProblemCode problem={problem} /></div>} />
  );
}
