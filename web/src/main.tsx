import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider } from 'antd';
import enGB from 'antd/locale/en_GB';
import zhCN from 'antd/locale/zh_CN';
import 'dayjs/locale/zh-cn';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { ProblemError } from './api/problem.ts';
import { isDark, usePreferences } from './app/preferences.ts';
import { router } from './app/router.tsx';
import './ui/fonts.css';
import './ui/styles.css';
import { themeConfig } from './ui/theme.ts';

const RETRIES_MAX = 2;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      // An answer is an answer: only a lost connection or a failing server is asked again.
      retry: (count, error) => count < RETRIES_MAX && !(error instanceof ProblemError && error.problem.status < 500),
    },
  },
});

function Root() {
  const preferences = usePreferences();
  return (
    <ConfigProvider locale={preferences.language === 'zh' ? zhCN : enGB} theme={themeConfig(isDark(preferences), preferences.density)} button={{ autoInsertSpace: false }}>
      <AntApp component={false}><RouterProvider router={router} /></AntApp>
    </ConfigProvider>
  );
}

createRoot(document.getElementById('root')!).render(
  <StrictMode><QueryClientProvider client={queries}><Root /></QueryClientProvider></StrictMode>,
);
