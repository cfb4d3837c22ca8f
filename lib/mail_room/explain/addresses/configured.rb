# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Explain
    class Addresses
      # Reads addresses out of a configuration. Nothing else of it has to be right, no log file is opened, no
      # file with a secret is read, and nothing is connected to: whoever asks may be another user than the
      # daemon.
      module Configured
        # The values of `mailbox_type`.
        TYPES = Choice.new("mailbox_type", available: %w[incoming_email service_desk_email])

        # A mailbox with an address.
        Mailbox = Struct.new(:type, :address, :host)

        class << self
          # @param path [String]
          # @return [Array<Mailbox>] at least one
          # @raise [ConfigurationError] when there is none, or something about one is wrong; names the key
          def mailboxes(path)
            document = Configuration::Document.new(path, secrets: false)
            list = document.to_h[:mailboxes]
            refuse("mailboxes must be a list, not #{list.class}") unless list.nil? || list.is_a?(Array)

            found = list.to_a.filter_map.with_index { |written, index| mailbox(written, document.place(index)) }
            found.empty? ? refuse_without(document) : found
          end

          private

          def refuse_without(document)
            refuse("#{document.emptiness}; see --address") if document.gitlab?

            refuse("no mailbox has incoming_email.address, where GitLab takes mail; add it, or use --address")
          end

          def mailbox(written, place)
            section = mapping(written, place)[:incoming_email]
            return if section.nil?

            place = "#{place}.incoming_email"
            section = mapping(section, place)
            warn_of_unknown(section.keys, place)
            address = text(section, :address, place) || refuse("#{place}.address is missing")
            Mailbox.new(type(section, Keys.symbolize(written), place), address, text(section, :host, place))
          end

          def type(section, mailbox, place)
            name = section[:mailbox_type]
            name.to_s.empty? ? by_delivery(mailbox) : TYPES.check(name)
          rescue ConfigurationError => error
            raise error.class, "#{place}.#{error.message}"
          end

          # As the daemon decides it, which asks for it where the delivery does not tell.
          def by_delivery(mailbox)
            options = mailbox[:delivery_options].is_a?(Hash) ? Keys.symbolize(mailbox[:delivery_options]) : {}
            worker, url = told_by(mailbox, options)
            Native.mailbox_type(worker&.to_s, url&.to_s) || TYPES.available.first
          end

          def told_by(mailbox, options)
            case (mailbox[:delivery_method] || "postback").to_s
            when "sidekiq" then [options[:worker], nil]
            when "postback" then [nil, mailbox[:delivery_url] || options[:delivery_url] || options[:url]]
            end
          end

          def mapping(written, place)
            written.is_a?(Hash) ? Keys.symbolize(written) : refuse("#{place} must be a mapping, not #{written.class}")
          end

          # @return [String, nil] nil when it is blank
          def text(section, key, place)
            value = section[key]
            return if value.nil? || (value.is_a?(String) && value.strip.empty?)

            value.is_a?(String) ? value : refuse("#{place}.#{key} must be text, not #{value.class}")
          end

          def warn_of_unknown(keys, place)
            Keys.unknown(keys, MailRoom::Mailbox::UnknownKeys::INCOMING_EMAIL).each do |key, hint|
              Notice.warn("unknown key #{place}.#{key}#{", did you mean #{hint}?" if hint}")
            end
          end

          def refuse(problem)
            raise ConfigurationError, problem
          end
        end
      end
    end
  end
end
