#!/usr/bin/env node
import { start } from '../main/index.js'

await start('cli')
