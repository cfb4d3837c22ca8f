# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    class Rb
      # What a `gitlab.rb` has set, by names. Names that are not set make sections of their own when they are read, so
      # that `nginx['a']['b'] = 1` works without more ado; such an empty section counts as not set.
      class Attributes < Hash
        include Redaction::Opaque

        # What stands in a text for what is not known here. No setting that is used may have it.
        UNKNOWN = "[not known here]"

        # @param place [String, nil] what errors call it; nil at the top
        def initialize(place = nil)
          super()
          @place = place
        end

        # @param name [String, Symbol]
        # @return [Object] the value, or a new section
        def [](name)
          fetch(name.to_s) { self[name] = Attributes.new(place(name)) }
        end

        # @param name [String, Symbol]
        # @param value [Object]
        # @return [void]
        def []=(name, value)
          super(name.to_s, value)
        end
        alias store []=

        # @param others [Array<Hash>]
        # @return [Attributes] itself
        def merge!(*others)
          others.each { |other| other.each { |name, value| self[name] = value } }
          self
        end
        alias update merge!

        # @return [String] without what is set, which may be secret
        def to_s
          UNKNOWN
        end

        # @param name [String]
        # @return [Object, nil] nil when it is not set
        # @raise [ConfigurationError] when it is made of something that is not known here
        def given(name)
          value = fetch(name, nil)
          return if value.is_a?(Attributes) && value.empty?
          return value unless unknown?(value)

          raise ConfigurationError, "#{place(name)} is made of something that is not set in this file, or is only " \
                                    "known to gitlab-ctl, such as node['platform']"
        end

        # @param name [String]
        # @return [String, nil] nil when it is not set, blank, or switched off by false
        # @raise [ConfigurationError] see {#given}
        def text(name)
          value = given(name)
          value.to_s if value && !value.to_s.strip.empty?
        end

        # @param name [String]
        # @return [Attributes] an empty one when it is not set
        def section(name)
          value = fetch(name, nil)
          value.is_a?(Attributes) ? value : Attributes.new
        end

        # @param prefix [String]
        # @return [Hash{String => Object}] what is set, of the names that begin with it; without it
        # @raise [ConfigurationError] see {#given}
        def below(prefix)
          keys.select { |name| name.start_with?(prefix) }
              .to_h { |name| [name.delete_prefix(prefix), given(name)] }.compact
        end

        private

        def place(name)
          @place ? "#{@place}['#{name}']" : name.to_s
        end

        def unknown?(value)
          value.is_a?(Hash) ? value.each_value.any? { |inner| unknown?(inner) } : value.to_s.include?(UNKNOWN)
        end
      end
    end
  end
end
