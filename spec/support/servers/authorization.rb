# frozen_string_literal: true

require "json"
require "securerandom"
require "uri"
require_relative "web"

module Servers
  # An authorization server: gives access tokens to one client, by client credentials (RFC 6749, section 4.4), and tells
  # a mail server whose they are (RFC 7662).
  #
  #   authorization = Servers::Authorization.new(user: "anna").start
  #   authorization.options         # for `oauth2` of a mailbox
  #   authorization.withdraw        # all tokens that were given out so far
  class Authorization
    CLIENT = "mail-room"

    # Whose tokens it gives out.
    attr_accessor :user
    # Seconds for which a token holds.
    attr_accessor :lifetime
    # @return [String] what the client has to show
    attr_reader :secret
    # @return [Array<String>] all tokens that were given out, oldest first
    attr_reader :tokens

    def initialize(user: nil, lifetime: 3600)
      @user = user
      @lifetime = lifetime
      @secret = SecureRandom.alphanumeric(24)
      @tokens = []
      @valid_until = {}
      @lock = Mutex.new
      @web = Web.new
      @web.decide { |request| request.path == "/token" ? give(request) : tell(request) }
    end

    def start
      @web.start
      self
    end

    def stop
      @web.stop
    end

    alias remove stop

    # @return [Hash]
    def options(**others)
      { token_url: @web.url("/token"), client_id: CLIENT, client_secret: @secret, scope: "imap" }.merge(others)
    end

    # @return [String] for the mail server
    def introspection
      @web.url("/introspect")
    end

    # @return [String] a new token
    def token
      SecureRandom.urlsafe_base64(30).tap do |token|
        @lock.synchronize do
          @tokens << token
          @valid_until[token] = Wait.now + @lifetime
        end
      end
    end

    # No mail server takes a token any more that was given out before.
    def withdraw
      @lock.synchronize { @valid_until.clear }
    end

    private

    def give(request)
      form = form(request)
      return json(400, error: "unsupported_grant_type") unless form["grant_type"] == "client_credentials"
      return json(401, error: "invalid_client", error_description: "wrong secret") unless known?(form)

      json(200, access_token: token, token_type: "Bearer", expires_in: @lifetime)
    end

    def known?(form)
      form.values_at("client_id", "client_secret") == [CLIENT, @secret]
    end

    def tell(request)
      ends = @lock.synchronize { @valid_until[form(request)["token"]] }
      json(200, ends && Wait.now < ends ? { active: true, username: @user } : { active: false })
    end

    def form(request)
      URI.decode_www_form(request.body).to_h
    end

    def json(status, answer)
      { status: status, headers: { "Content-Type" => "application/json" }, body: JSON.generate(answer) }
    end
  end
end
