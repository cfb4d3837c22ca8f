# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    class Section
      # The values of a section, each of the type it must have. GitLab's template makes numbers of digits and text
      # of numbers on the way, so that is done here, too. Errors name the key and never the value.
      class Values
        include Redaction::Opaque

        # Keys whose value is a whole number, and what it may be. How long IDLE may last is {Mailbox}'s matter.
        NUMBERS = { port: 1..65_535, idle_timeout: 1.. }.freeze

        # Keys whose value is a switch.
        SWITCHES = %i[enabled start_tls delete_after_delivery expunge_deleted].freeze

        # Keys whose value is text.
        TEXTS = %i[address user password host mailbox log_path inbox_method gitlab_url secret_file
                   encrypted_secret_file password_file queue worker].freeze

        # What is text below `inbox_options`. Ids may look like numbers.
        OPTION_TEXTS = %i[tenant_id client_id client_secret azure_ad_endpoint graph_endpoint].freeze

        SWITCH_NAMES = { "true" => true, "false" => false }.freeze
        private_constant :SWITCH_NAMES

        # @param settings [Hash{Symbol => Object}]
        # @param place [Proc] makes of a key the text that errors call it by
        def initialize(settings, place)
          @settings = settings
          @place = place
        end

        # @return [Hash{Symbol => Object}]
        # @raise [ConfigurationError] when one is ill-typed
        def to_h
          @settings.to_h { |key, value| [key, checked(key, value)] }
        end

        private

        def checked(key, value)
          case key
          when *NUMBERS.keys then number(key, value)
          when *SWITCHES then switch(key, value)
          when :password then password(value)
          when *TEXTS then text(key, value)
          when :ssl then ssl(value)
          when :inbox_options then options(value)
          when :delivery_method then delivery_method(value)
          else value
          end
        end

        def number(key, value)
          whole = value.is_a?(String) ? Integer(value, 10, exception: false) : value
          return whole if whole.is_a?(Integer) && NUMBERS.fetch(key).cover?(whole)

          most = NUMBERS.fetch(key).end
          refuse(key, "must be a number#{most ? " from 1 to #{most}" : ', at least 1'}")
        end

        def switch(key, value)
          SWITCH_NAMES.fetch(value.to_s) { refuse(key, "must be true or false") }
        end

        # With keys as JSON would have them, which is how GitLab's template writes it.
        def ssl(value)
          return value.transform_keys(&:to_s) if value.is_a?(Hash)

          SWITCH_NAMES.fetch(value.to_s) { refuse(:ssl, "must be true, false or a mapping") }
        end

        # YAML and Ruby take 0123 for 83, and GitLab logs in with that.
        def password(value)
          Notice.warn("#{@place.call(:password)} is a number; put it in quotes") if value.is_a?(Integer)
          text(:password, value)
        end

        def text(key, value)
          case value
          when String then value
          when Symbol, Integer then value.to_s
          else refuse(key, "must be text; put it in quotes")
          end
        end

        def options(value)
          refuse(:inbox_options, "must be a mapping, not #{value.class}") unless value.is_a?(Hash)

          Keys.symbolize(value).to_h do |key, inner|
            inner = text(:"inbox_options.#{key}", inner) if OPTION_TEXTS.include?(key) && !inner.nil?
            [key, inner]
          end
        end

        def delivery_method(value)
          Choice.new(@place.call(:delivery_method), available: DELIVERIES).check(value)
        end

        def refuse(key, problem)
          raise ConfigurationError, "#{@place.call(key)} #{problem}"
        end
      end
    end
  end
end
