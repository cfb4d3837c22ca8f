# frozen_string_literal: true

require "securerandom"
require "time"
require_relative "answer"

module Servers
  class Graph
    # Why a request is not answered as it wished.
    # https://learn.microsoft.com/en-us/graph/errors
    class Problem < StandardError
      # Those that only a client's own mistake brings about.
      MISTAKES = [400, 405, 411, 413, 415].freeze

      attr_reader :status, :code, :headers

      def self.bad(message)
        new(400, "BadRequest", message)
      end

      def self.uri(message)
        new(400, "RequestBroker--ParseUri", message)
      end

      def self.not_found
        new(404, "ErrorItemNotFound", "The specified object was not found in the store.")
      end

      # https://learn.microsoft.com/en-us/graph/throttling
      def self.throttled(pause, message = "Application is over its MailboxConcurrency limit.")
        new(429, "ApplicationThrottled", message, headers: { "Retry-After" => pause.to_s })
      end

      # @param violation [Boolean] whether the client should not have asked so
      def initialize(status, code, message, headers: {}, violation: MISTAKES.include?(status))
        super(message)
        @status = status
        @code = code
        @headers = headers
        @violation = violation
      end

      def violation?
        @violation
      end

      # @return [Answer]
      def answer
        id = SecureRandom.uuid
        inner = { "date" => Time.now.utc.strftime("%FT%T"), "request-id" => id, "client-request-id" => id }
        Answer.json({ "error" => { "code" => @code, "message" => message, "innerError" => inner } },
                    status: @status, headers: { "request-id" => id, **@headers })
      end
    end
  end
end
