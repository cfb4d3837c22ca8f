# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  # The addresses at which a GitLab takes mail, and what it does with a message sent to them: the rules of
  # GitLab's `lib/gitlab/email/incoming_email.rb` and `receiver.rb`, without GitLab. Never changes, and works
  # in any thread and after a fork.
  #
  #   gitlab = Gitlab.config
  #   incoming_email = MailRoom::IncomingEmail.new(address: gitlab.incoming_email.address, host: gitlab.gitlab.host)
  #   incoming_email.key_from_address("incoming+4b1c@example.com") # => "4b1c"
  #   incoming_email.reply_address("4b1c")                         # => "incoming+4b1c@example.com"
  #   incoming_email.route(raw).handler                            # => :create_note
  class IncomingEmail
    autoload :Route, "mail_room/incoming_email/route"
    autoload :Token, "mail_room/incoming_email/token"

    # Stands for the key in an address.
    PLACEHOLDER = "%{key}"

    # Ends the key of an address for unsubscribing.
    UNSUBSCRIBE_SUFFIX = "-unsubscribe"

    # @return [String, nil] with {PLACEHOLDER}, or a dedicated one without it, which only takes replies
    attr_reader :address

    # @return [String, nil] that of the Service Desk
    attr_reader :service_desk_address

    # @return [String, nil] the host in the message ids of GitLab's notifications
    attr_reader :host

    # @param address [String, nil] `incoming_email.address` of gitlab.yml. A blank one counts as none;
    #   without one no address ever matches, as in GitLab, and replies are known by their References alone
    # @param host [String, nil] `gitlab.host`; without it no reply is known by its References
    # @param service_desk_address [String, nil] `service_desk_email.address`
    # @raise [ConfigurationError] when one of them is no text, or cannot be an address
    def initialize(address:, host: nil, service_desk_address: nil)
      settings = Plain.mapping({ address: text(:address, address), host: text(:host, host),
                                 service_desk_address: text(:service_desk_address, service_desk_address) })
      @address, @host, @service_desk_address = settings.values_at("address", "host", "service_desk_address")
      @native = Native::IncomingEmail.new(JSON.generate(settings))
      freeze
    end

    # @param address [String, nil] of a message, perhaps in angle brackets
    # @return [String, nil] what stands where {PLACEHOLDER} does; nil when the address is no such one. Case
    #   matters. Of the Service Desk's address when that is the only one
    # @raise [TypeError] when it is no String
    def key_from_address(address)
      @native.key_from_address(Printable.text(string(:address, address))) unless address.nil?
    end

    # @param key [String]
    # @return [String, nil] the address that carries the key, a dedicated one as it is; nil without an address
    # @raise [TypeError] when it is no String
    def reply_address(key)
      key = Printable.text(string(:key, key))
      carrier&.sub(PLACEHOLDER) { key }
    end

    # @param key [String] of a notification
    # @return [String, nil] the address at which its receiver wants no more of them; see {#reply_address}
    # @raise [TypeError] when it is no String
    def unsubscribe_address(key)
      reply_address(Printable.text(string(:key, key)) + UNSUBSCRIBE_SUFFIX)
    end

    # @return [Boolean] whether the address can carry a key
    def supports_wildcard?
      carrier.to_s.include?(PLACEHOLDER)
    end

    # @param raw [String] a message, RFC 5322; its bytes count, whatever its encoding
    # @return [Route] what GitLab will do with it
    # @raise [TypeError] when it is no String
    def route(raw)
      Route.new(**JSON.parse(@native.route(string(:raw, raw)), symbolize_names: true))
    end

    # @param raw [String] see {#route}
    # @return [Hash{Symbol => Object}] `:route`, the members of a {Route} as JSON has them; `:difference`,
    #   what GitLab itself does when that is something else, and `:gitlab_error`, what it ends with, or both
    #   nil; `:auto_generated_by`, `:header` and `:value`, or nil; `:looked_at`, a list of `:header` and
    #   `:values`, each a `:value` and its `:key` or nil, in GitLab's order up to the one that counts; `:hints`, a
    #   list of texts
    # @raise [TypeError] see {#route}
    def explain(raw)
      JSON.parse(@native.explain(string(:raw, raw)), symbolize_names: true)
    end

    private

    # The address that keys are read from and put into.
    def carrier
      address || service_desk_address
    end

    def text(name, value)
      return if value.nil?
      raise ConfigurationError, "incoming_email: #{name} must be text, not #{value.class}" unless value.is_a?(String)

      value unless value.b.strip.empty?
    end

    def string(name, value)
      String.try_convert(value) || raise(TypeError, "#{name} must be a String, not #{value.class}")
    end
  end
end
