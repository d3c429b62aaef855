import { storageContract } from '../../test/support/storage-contract.ts'
import { MemoryStorage } from './memory-storage.ts'

storageContract('MemoryStorage', () => new MemoryStorage())
