import { afterAll } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { openD1 } from '../../src/adapters/storage/d1/d1.ts'
import { d1Databases } from '../edge/workerd.ts'
import { databaseContract } from './database.ts'
import { humansContract, humansContractDatabases } from './humans.ts'
import { statusContract } from './status.ts'
import { storesContract } from './stores.ts'

const databases = await d1Databases(53 + humansContractDatabases)
const open = async () => openD1(await databases.open())
afterAll(() => databases.stop())

databaseContract('D1', open)
statusContract('D1', open, nodeCrypto)
storesContract('D1', open, nodeCrypto)
humansContract('D1', open)
