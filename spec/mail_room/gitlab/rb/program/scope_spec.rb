# frozen_string_literal: true

# What programs may do in it: spec/mail_room/gitlab/rb/program_spec.rb.
RSpec.describe MailRoom::GitLab::Rb::Program::Scope do
  it "takes every name for a setting, but none for a conversion" do
    scope = described_class.new(MailRoom::GitLab::Rb::Attributes.new)

    expect(%i[letsencrypt to_ary to_str].map { |name| scope.respond_to?(name) }).to eq([true, false, false])
  end
end
