# frozen_string_literal: true

require "mail_room"

# What programs use that are there in Chef, which evaluates them in the Linux package.
%w[digest etc fileutils json net/http openssl pathname securerandom socket time uri yaml].each { |name| require name }

# What `self` is in a `gitlab.rb`. Whatever is called there without being known, such as `letsencrypt` or `roles`, is
# the name of a setting. Not written as nested modules, so that a constant in the program, such as `Logger`, is none
# of ours.
class MailRoom::GitLab::Rb::Program::Scope # rubocop:disable Style/ClassAndModuleChildren -- see above
  # @param name [Symbol] of a constant that is not there
  # @raise [RuntimeError, NameError]
  def self.const_missing(name)
    return super unless name == :Chef

    raise "Chef is only there within gitlab-ctl; take the gitlab.yml that gitlab-ctl reconfigure makes instead"
  end

  # @param attributes [MailRoom::GitLab::Rb::Attributes]
  def initialize(attributes)
    @attributes = attributes
    singleton_class.const_set(:Gitlab, attributes) # what Chef calls it
  end

  # @param text [String] of a program
  # @param path [String] of its file
  # @return [void]
  def run(text, path)
    instance_eval(text, path)
  end

  # @param path [String] of another program, which is evaluated here
  # @return [void]
  def from_file(path)
    run(MailRoom::Configuration::Template.utf8(path), path.to_s)
  end

  # @return [MailRoom::GitLab::Rb::Program::Node]
  def node
    @node ||= MailRoom::GitLab::Rb::Program::Node.new
  end

  private

  def method_missing(name, *values)
    return @attributes[name] if values.empty?

    @attributes[name] = values.one? ? values.first : values
  end

  # Ruby asks for conversions by itself.
  def respond_to_missing?(name, _private)
    !name.start_with?("to_")
  end
end
