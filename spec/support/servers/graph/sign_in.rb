# frozen_string_literal: true

require "uri"
require_relative "identity"
require_relative "refusal"

module Servers
  class Graph
    # The token endpoint.
    # https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    # https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token
    class SignIn
      FIELDS = %w[grant_type scope client_id client_secret client_assertion_type client_assertion refresh_token].freeze
      GRANTS = %w[client_credentials refresh_token].freeze

      # @param origins [Array<String>] of the server that is asked
      def initialize(request, identity, origins)
        @request = request
        @identity = identity
        @origins = origins
      end

      # @return [Answer]
      # @raise [Refusal]
      def answer
        read_form
        tenant = @request.segments.first
        unless @identity.tenant?(tenant)
          raise Refusal.request(90_002, "Tenant '#{tenant}' not found.", violation: false)
        end

        @application = @identity.application(tenant, @id) || raise(unknown_client)
        prove
        refresh = check_grant
        token = @identity.issue(audience)
        give({ "token_type" => "Bearer", "expires_in" => @identity.expires_in, "ext_expires_in" => @identity.expires_in,
               "access_token" => token.value, **refresh })
      end

      private

      def read_form
        check_form
        @form = URI.decode_www_form(@request.body).to_h
        unknown = @form.keys - FIELDS
        raise Refusal.request(900_144, "unknown parameters: #{unknown.join(', ')}.") unless unknown.empty?

        @id, @secret = basic || @form.values_at("client_id", "client_secret")
        missing = { "grant_type" => @form["grant_type"], "client_id" => @id, "scope" => @form["scope"] }
        name = missing.key(nil) || return
        raise Refusal.request(900_144, "The request body must contain the following parameter: '#{name}'.")
      end

      def check_form
        raise Refusal.request(900_561, "The endpoint only accepts POST requests.") unless @request.verb == "POST"
        return if @request.headers["content-type"].to_s.start_with?("application/x-www-form-urlencoded")

        raise Refusal.request(900_144, "The request body is no form.")
      end

      # The other way to send them, which the gem that this one stands in for goes (RFC 6749, section 2.3.1).
      def basic
        encoded = @request.headers["authorization"].to_s[/\ABasic (\S+)\z/, 1]
        encoded&.unpack1("m")&.split(":", 2)&.map { |text| URI.decode_www_form_component(text) }
      end

      def unknown_client
        Refusal.request(700_016, "Application with identifier '#{@id}' was not found in the directory.",
                        error: "unauthorized_client", violation: false)
      end

      def prove
        if @form.key?("client_assertion")
          raise Refusal.request(900_144, "two kinds of credentials") if @secret

          check_assertion
        elsif @secret.to_s.empty?
          raise Refusal.client(7_000_218, "The request body must contain the following parameter: 'client_assertion' " \
                                          "or 'client_secret'.", violation: true)
        elsif @secret != @application.client_secret
          raise Refusal.client(7_000_215, "Invalid client secret provided. Ensure the secret being sent in the " \
                                          "request is the client secret value, not the client secret ID.")
        end
      end

      def check_assertion
        type = @form["client_assertion_type"]
        raise Refusal.client(70_002, "client_assertion_type is #{type}", violation: true) if type != Assertion::TYPE

        audience = @origins.map { |origin| origin + @request.path }
        Assertion.new(@application, audience, @identity.used).check(@form["client_assertion"])
      end

      # Microsoft gives a new refresh token with each access token; the one before stays valid.
      def check_grant
        case @form["grant_type"]
        when "client_credentials" then {}
        when "refresh_token"
          token = @application.refresh_token
          return { "refresh_token" => token } if @form["refresh_token"] == token

          raise Refusal.request(70_008, "The provided authorization code or refresh token has expired.",
                                error: "invalid_grant", violation: false)
        else
          raise Refusal.request(70_003, "The app requested an unsupported grant type '#{@form['grant_type']}'.",
                                error: "unsupported_grant_type")
        end
      end

      def audience
        scope = @form["scope"]
        resource = scope[%r{\A(\S+)/\.default\z}, 1]
        unless resource
          raise Refusal.request(1_002_012, "The provided value for scope #{scope} is not valid. Client credential " \
                                           "flows must have a scope value with /.default suffixed to the resource " \
                                           "identifier (application ID URI).", error: "invalid_scope")
        end
        return resource if @identity.resources.include?(resource)

        raise Refusal.request(500_011, "The resource principal named #{resource} was not found in the tenant.",
                              error: "invalid_resource")
      end

      def give(object)
        headers = { "Content-Type" => "application/json; charset=utf-8", "Cache-Control" => "no-store, no-cache" }
        Answer.new(200, headers, JSON.generate(object))
      end
    end
  end
end
