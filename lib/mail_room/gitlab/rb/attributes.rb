# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    class Rb
      # What a `gitlab.rb` has set, by names. Names that are not set make sections of their own when they are read, so
      # that `nginx['a']['b'] = 1` works without more ado; such an empty section counts as not set.
      class Attributes < Hash
        include Redaction::Opaque

        # @param name [String, Symbol]
        # @return [Object] the value, or a new section
        def [](name)
          fetch(name.to_s) { self[name] = Attributes.new }
        end

        # @param name [String, Symbol]
        # @param value [Object]
        # @return [void]
        def []=(name, value)
          store(name.to_s, value)
        end

        # @param name [String]
        # @return [Object, nil] nil when it is not set
        def given(name)
          value = fetch(name, nil)
          value unless value.is_a?(Attributes) && value.empty?
        end

        # @param name [String]
        # @return [String, nil] nil when it is not set, blank, or switched off by false
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
        def below(prefix)
          keys.select { |name| name.start_with?(prefix) }
              .to_h { |name| [name.delete_prefix(prefix), given(name)] }.compact
        end
      end
    end
  end
end
