import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/** Where `openApiOf` finds the codes of a route. */
export const PROBLEMS_EXTENSION = 'x-problemi';

/** Names the problems that a route may answer with, for the OpenAPI document; those of every route need not be named. */
export const Problems = (...codes: readonly string[]): MethodDecorator & ClassDecorator => applyDecorators(ApiExtension(PROBLEMS_EXTENSION, codes));
