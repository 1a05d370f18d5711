import { z } from 'zod'
import type { ErrorCode } from '../../foundation/errors.ts'
import { problems, problemType } from '../problem.ts'

const codes = Object.keys(problems) as [ErrorCode, ...ErrorCode[]]

export const problem = z
  .strictObject({
    type: z.enum(codes.map(problemType)).describe('Names the error. It is stable.'),
    title: z.string().describe('The error in words.'),
    status: z.int(),
    detail: z.string().describe('What was wrong with this request.'),
    instance: z
      .string()
      .regex(/^urn:uuid:/)
      .describe('Names the request: the log has it too.'),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457).' })

export const scimError = z
  .strictObject({
    schemas: z.array(z.literal('urn:ietf:params:scim:api:messages:2.0:Error')),
    status: z.string(),
    scimType: z
      .enum([
        'invalidFilter',
        'invalidPath',
        'invalidSyntax',
        'invalidValue',
        'uniqueness',
        'mutability',
      ])
      .optional(),
    detail: z.string(),
  })
  .meta({ id: 'ScimError', description: 'An error as SCIM clients expect it (RFC 7644, 3.12).' })
