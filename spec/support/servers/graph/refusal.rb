# frozen_string_literal: true

require "securerandom"
require_relative "answer"

module Servers
  class Graph
    # Why a token is not issued. Without `violation`, it is something an operator can have done wrong.
    # https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
    class Refusal < StandardError
      # The application is not who it says it is.
      def self.client(number, message, violation: false)
        new(401, "invalid_client", number, message, violation: violation)
      end

      # The request is not well formed.
      def self.request(number, message, error: "invalid_request", violation: true)
        new(400, error, number, message, violation: violation)
      end

      # @param number [Integer] of AADSTS
      def initialize(status, error, number, message, violation:)
        super(message)
        @status = status
        @error = error
        @number = number
        @violation = violation
      end

      def violation?
        @violation
      end

      # https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response
      # @return [Answer]
      def answer
        trace = SecureRandom.uuid
        correlation = SecureRandom.uuid
        time = Time.now.utc.strftime("%F %TZ")
        text = "AADSTS#{@number}: #{message} Trace ID: #{trace} Correlation ID: #{correlation} Timestamp: #{time}"
        object = { "error" => @error, "error_description" => text, "error_codes" => [@number], "timestamp" => time,
                   "trace_id" => trace, "correlation_id" => correlation,
                   "error_uri" => "https://login.microsoftonline.com/error?code=#{@number}" }
        Answer.new(@status, { "Content-Type" => "application/json; charset=utf-8" }, JSON.generate(object))
      end
    end
  end
end
