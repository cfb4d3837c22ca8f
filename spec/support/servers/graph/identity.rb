# frozen_string_literal: true

require "securerandom"
require "set"
require_relative "application"
require_relative "assertion"
require_relative "problem"

module Servers
  class Graph
    # Who may ask: applications, and the tokens they were given. Two servers may have it in common, one that issues
    # tokens and one that takes them.
    class Identity
      # What was issued: for which origin, and until when on the monotonic clock.
      Token = Struct.new(:value, :audience, :expires, keyword_init: true)

      CHALLENGE = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ' \
                  'client_id="00000003-0000-0000-c000-000000000000"'

      # Seconds for which tokens are valid.
      # https://learn.microsoft.com/en-us/entra/identity-platform/configurable-token-lifetimes
      attr_accessor :expires_in
      # Values of jti so far.
      attr_reader :used

      # What tokens can be asked for: the origins of servers with this identity, and that of IMAP.
      attr_reader :resources

      def initialize
        @expires_in = 3599
        @used = Set.new
        @resources = Set["https://outlook.office365.com"]
        @lock = Mutex.new
        @applications = []
        @tokens = {}
        @issued = 0
      end

      # @return [Application]
      def add
        Application.new.tap { |application| @lock.synchronize { @applications << application } }
      end

      # @return [Boolean]
      def tenant?(id)
        @lock.synchronize { @applications.any? { |one| one.tenant_id == id } }
      end

      # @return [Application, nil]
      def application(tenant_id, client_id)
        @lock.synchronize { @applications.find { |one| [one.tenant_id, one.client_id] == [tenant_id, client_id] } }
      end

      # @return [Token]
      def issue(audience)
        value = "eyJ0eXAiOiJKV1QiLCJub25jZSI6#{SecureRandom.urlsafe_base64(600)}.#{SecureRandom.urlsafe_base64(256)}"
        token = Token.new(value: value, audience: audience, expires: Wait.now + @expires_in)
        @lock.synchronize do
          @issued += 1
          @tokens[value] = token
        end
      end

      # @return [Integer] how many tokens were issued so far
      def issued
        @lock.synchronize { @issued }
      end

      # @return [Array<String>] all tokens so far, for those who look for them in logs
      def tokens
        @lock.synchronize { @tokens.keys }
      end

      # All tokens so far are over.
      def expire
        @lock.synchronize { @tokens.each_value { |token| token.expires = 0 } }
      end

      # https://learn.microsoft.com/en-us/graph/resolve-auth-errors
      # @param origins [Array<String>] of the server that is asked
      # @raise [Problem]
      def check(authorization, origins)
        raise refused("Access token is empty.", violation: true) unless authorization

        token = @lock.synchronize { @tokens[authorization[/\ABearer (\S+)\z/, 1]] }
        raise refused("IDX14100: JWT is not well formed.", violation: true) unless token
        raise refused("Lifetime validation failed, the token is expired.") if token.expires <= Wait.now
        raise refused("Invalid audience.", violation: true) unless origins.include?(token.audience)
      end

      def remove
        @lock.synchronize { @applications.each(&:remove) }
      end

      private

      def refused(message, violation: false)
        Problem.new(401, "InvalidAuthenticationToken", message, headers: { "WWW-Authenticate" => CHALLENGE },
                                                                violation: violation)
      end
    end
  end
end
