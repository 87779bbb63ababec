import { useTranslate } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export function Component() {
  const t = useTranslate();
  return <Page title={t('nav.overview')}><div /></Page>;
}
