# frozen_string_literal: true

# What it does to files is in template_spec.rb and gitlab/rb/program_spec.rb.
RSpec.describe MailRoom::Configuration::Evaluation do
  def run(language = "Ruby", &)
    described_class.run("/etc/gitlab.rb", language: language, &)
  end

  it "returns what the code makes" do
    expect(run { 5 }).to eq(5)
  end

  it "gives standard output back, whatever happens" do
    before = $stdout
    expect { run { raise "broken" } }.to raise_error(MailRoom::ConfigurationError, /\ARuby: RuntimeError: broken/)
    expect($stdout).to be(before)
  end

  it "lets signals end the process" do
    expect { run { raise Interrupt } }.to raise_error(Interrupt)
  end
end
