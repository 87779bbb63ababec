import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearName, pinyinInitials } from './near-name.ts';

describe('near names', () => {
  const rows: [query: string, name: string, how: string | null][] = [
    ['Greenmarket Multi-Storey', 'greenmarket multi storey', 'same'],
    ['ＤＥＰＯＴ　２', 'Depot 2', 'same'],
    ['market', 'Greenmarket Car Park', 'contained'],
    ['Park Greenmarket', 'Greenmarket Car Park', 'words'],
    ['Greenmarkt Carpark', 'Greenmarket Car Park', 'near'],
    ['Grenmarket Car Prak', 'Greenmarket Car Park', 'near'],
    ['szbz', '深圳北站', 'initials'],
    ['深圳北站停车厂', '深圳北站停车场', 'near'],
    ['西乡', '西乡总站', 'contained'],
    ['华强被', '华强北', 'near'],
    ['Rivreside', '滨江公园 Riverside Park', 'near'],
    ['Rivreside', '滨江公园Riverside Park', 'near'],
    ['滨江工园', '滨江公园 Riverside Park', 'near'],
    ['Rivreside', '城北公交枢纽 North Bus Depot', null],
    ['Eats', 'East Rail P3', null],
    ['North', 'South Depot', null],
    ['Marchbanks', 'Market Street', null],
    ['东门', '西门', null],
    ['', 'Depot', null],
    ['???', 'Depot', null],
  ];
  for (const [query, name, how] of rows) {
    it(`C-17 a search for "${query}" ${how ? `finds "${name}" (${how})` : `does not find "${name}"`}`, () => assert.equal(nearName(query, name)?.how ?? null, how));
  }

  it('reads the pinyin initials of places', () => {
    const places = ['北京', '上海', '广州', '杭州', '成都', '南京', '西安', '天津', '苏州', '武汉', '厦门', '兰州', '昆明', '拉萨', '哈尔滨', '鄂尔多斯', '福田', '宝安', '重庆', '长沙', '朝阳'];
    assert.equal(places.map(pinyinInitials).join(' '), 'bj sh gz hz cd nj xa tj sz wh xm lz km ls heb eeds ft ba cq cs cy');
  });
});
